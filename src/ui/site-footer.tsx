const link = "underline decoration-line-strong underline-offset-2 hover:text-ink";

/** Credit where the data comes from. */
export function SiteFooter() {
  return (
    <footer className="mt-12 border-t border-line">
      <p className="caption mx-auto max-w-[1440px] px-4 py-4 sm:px-6">
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
    </footer>
  );
}
