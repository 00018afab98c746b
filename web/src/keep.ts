/** The keeper's page: wires its parts. */
export {};
