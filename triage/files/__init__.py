"""Lists and reads the files of an app, without following what leads out of it and without running anything in it."""
