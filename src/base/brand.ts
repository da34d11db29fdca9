/** A type that only its minting function can make, so that ids of different things cannot be mixed up. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };
