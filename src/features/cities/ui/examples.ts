/** Large cities from every part of the world, by their GeoNames ids, to begin with. From west to east. */
export const exampleCityIds: readonly number[] = [
  5128581, // New York City
  3936456, // Lima
  3448439, // São Paulo
  3413829, // Reykjavík
  2643743, // London
  2332459, // Lagos
  745044, // Istanbul
  184745, // Nairobi
  1275339, // Mumbai
  1642911, // Jakarta
  1850147, // Tokyo
  2147714, // Sydney
];
