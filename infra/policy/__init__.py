"""The policy pack: rules that every stack has to keep, judged by the engine before it makes a resource."""
