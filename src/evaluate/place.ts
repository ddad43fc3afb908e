/** Names the place in a task file of one of a plugin's settings, or of the plugin itself, for errors. */
export type Place = (setting?: string) => string;
