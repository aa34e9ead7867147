const most = 256 * 1024;
const least = 4096;

/** How much of a file to read at a time: a thousand small files must not take a thousand buffers for large ones, which the collector of garbage is called for. */
export const chunkBytes = (fileBytes: number): number => Math.min(most, Math.max(least, fileBytes));
