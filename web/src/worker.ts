/** The service worker: keeps the page for when there is no network. */
export {};
