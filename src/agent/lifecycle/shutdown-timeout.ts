/** How long a guest may take to end by itself when it was asked to. */
export const shutdownTimeoutMs = 180_000
