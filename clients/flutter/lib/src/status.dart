import 'package:cloud_firestore/cloud_firestore.dart';

import 'words.dart';

/// How far an intent has come. Only [sent], [pending] and [delayed] may still change.
enum Progress { sent, pending, delayed, done, failed }

/// How an intent stands, with a sentence for the user.
class Status {
  const Status(this.progress, this.code, this.sentence);

  /// Reads a status document. While there is none, the intent is on its way.
  factory Status.of(DocumentSnapshot<Map<String, dynamic>> document) {
    final fields = document.data();
    if (fields == null) {
      return const Status(Progress.sent, '', sentSentence);
    }
    final code = fields['code'] as String? ?? '';
    final told = fields['sentence'] as String?;
    return Status(_progress(fields['state']), code, told ?? sentences[code] ?? sentSentence);
  }

  final Progress progress;
  final String code;
  final String sentence;

  /// Whether nothing more will come.
  bool get isFinal => progress == Progress.done || progress == Progress.failed;
}

Progress _progress(Object? state) {
  return Progress.values.firstWhere((each) => each.name == state, orElse: () => Progress.pending);
}
