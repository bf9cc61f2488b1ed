/// Tells the launch's services what a user wants, durably, and streams back how it stands.
library launch_intents;

export 'src/intents.dart';
export 'src/status.dart';
export 'src/words.dart';
