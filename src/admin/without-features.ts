/**
 * Marks a request on a node without features, whose pages have no links to feature pages. Apart from the list of those pages:
 * the dashboard's layout reads it, and would otherwise send their code with every page of the dashboard.
 */
export const withoutFeatures = "x-weir-without-features";
