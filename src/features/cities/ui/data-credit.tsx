const link = "underline decoration-line-strong underline-offset-2 hover:text-ink";

/** Credits the sources of the data, as their licences require. */
export function DataCredit() {
  return (
    <p className="caption mt-12 border-t border-line pt-4">
      City data:{" "}
      <a className={link} href="https://www.geonames.org/">
        GeoNames
      </a>
      ,{" "}
      <a className={link} href="https://creativecommons.org/licenses/by/4.0/">
        CC BY 4.0
      </a>
      . Coastlines:{" "}
      <a className={link} href="https://www.naturalearthdata.com/">
        Natural Earth
      </a>
      .
    </p>
  );
}
