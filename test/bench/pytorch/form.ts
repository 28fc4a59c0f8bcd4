/** Which network of the three runs in inference; training starts from the original one. */
export const forms = ["original", "projected", "merged"] as const;
export type Form = (typeof forms)[number];
