"""The emulator's side of the open port: gRPC and HTTP on one number, and the calls by which test libraries set it up.

`front` tells the two protocols apart, `routes` answers the emulator's own calls and Firestore's REST form.
"""
