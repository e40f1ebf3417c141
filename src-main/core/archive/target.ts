/** Where results go. Every failure is a CodedError `archive.write_failed`; `retryable` says whether waiting may help. */
export interface ArchiveTarget {
  /** Stable: rows of the outbox name their target by it. */
  readonly name: string;
  /** Afterwards the object at `key` holds exactly `bytes` and survives a power cut. The same again is a success. */
  put(key: string, bytes: Uint8Array): Promise<void>;
}
