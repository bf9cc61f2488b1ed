"""The outside services of a launch on this machine: payments, CRM, helpdesk, mail, and the founder's web host.

Each has the vendor's own paths, bodies, errors and authentication, so that the same client code talks to both. Whatever
a stand-in does not do it refuses with 501 and a sentence. Ours are the paths below `/_rehearsal/`, and below
`/v1/test_helpers/` those that `stripe/testdoor.py` lists.
"""
