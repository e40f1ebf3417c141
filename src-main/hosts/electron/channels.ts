/** Names between main, preload and page. */
export const READY = 'runescope:ready';
export const PORT = 'runescope:port';
export const CONNECT = 'runescope:connect';
export const OPEN_DIALOG = 'runescope:open-dialog';
export const NAVIGATE = 'runescope:navigate';
