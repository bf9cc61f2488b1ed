"""What services share to reach the outside: HTTP calls, secret values, Google's clients, Firebase accounts."""
