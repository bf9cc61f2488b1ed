"""Cloud Run on this machine: the uploaded archive runs as real processes behind Google's front end and gateway."""
