"""The pages of the handover: what a stack is and how it is kept, as tables, steps and pictures that both forms show."""
