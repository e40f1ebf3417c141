import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';

/** How a long task ended, with the one thing to do next. */
export interface TaskEnd {
  readonly text: string;
  readonly link?: { readonly href: string; readonly title: string } | undefined;
  /** It was done, but something about it is wrong. */
  readonly isBad?: boolean | undefined;
}
export interface TaskProgress {
  readonly done: number;
  /** Null: not known yet. */
  readonly total: number | null;
  /** `12 MB · 0 failed`. */
  readonly more: string;
}
export interface Task {
  readonly title: string;
  readonly isRunning: boolean;
  readonly progress: TaskProgress | null;
  readonly failure: ShownFailure | null;
  readonly end: TaskEnd | null;
}
export type Work = (signal: AbortSignal, report: (progress: TaskProgress) => void) => Promise<TaskEnd>;

/** The one long task of the archive. It belongs to the page and not to the view: looking elsewhere does not end it. */
export class TaskRunner {
  private readonly listeners = new Set<() => void>();
  private task: Task | null = null;
  private abort: AbortController | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly state = (): Task | null => this.task;

  /** Does nothing while another task runs. `stopped` is what to say when it was stopped. */
  readonly run = async (title: string, stopped: TaskEnd, work: Work): Promise<void> => {
    if (this.abort !== null) return;
    const abort = new AbortController();
    this.abort = abort;
    const idle: Task = { title, isRunning: true, progress: null, failure: null, end: null };
    this.publish(idle);
    const over: Task = { ...idle, isRunning: false };
    try {
      const end = await work(abort.signal, (progress) => {
        if (!abort.signal.aborted) this.publish({ ...idle, progress });
      });
      this.publish({ ...over, end: abort.signal.aborted ? stopped : end });
    } catch (error) {
      this.publish(
        abort.signal.aborted ? { ...over, end: stopped } : { ...over, failure: shownFailure(error) },
      );
    } finally {
      this.abort = null;
    }
  };

  readonly stop = (): void => this.abort?.abort();
  readonly dismiss = (): void => {
    if (this.abort === null) this.publish(null);
  };

  private publish(task: Task | null): void {
    this.task = task;
    for (const listener of this.listeners) listener();
  }
}
