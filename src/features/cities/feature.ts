import { defineFeature } from "@/server/rpc/feature";
import { CityError } from "./errors";

export const cities = defineFeature({
  name: "cities",
  pages: [
    {
      path: "/",
      title: "Explorer",
      description: "Search 135,000 cities and see where every response came from: memory, Redis or Postgres.",
      navigation: { label: "Explorer", key: "e" },
      load: () => import("./ui/explorer-page"),
    },
  ],
  errors: CityError,
  auditEvents: {
    "city.update": "changed a city",
    "city.import": "imported the cities",
  },
  describeSubject: (subject) => {
    const id = /^city:(\d+)$/.exec(subject)?.[1];
    return id === undefined ? null : { text: `city ${id}`, href: `/?city=${id}` };
  },
});
