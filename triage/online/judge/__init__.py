"""Pure: answers in, hits out; never the network, a clock or a file."""
