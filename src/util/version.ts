/** Version of kzone. */
export const kzoneVersion = '0.1.0'

/** Versions of the protocol between zonesd, its clients and other hosts that this release speaks. */
export const protocol = { min: 2, max: 2 } as const
