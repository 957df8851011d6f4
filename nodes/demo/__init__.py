"""The demonstration: a whole federation of separate processes on one machine, and one application driven through it.

    cast        who plays: four nodes with their posts and staff, the fictitious applicant
    home        the directory of a run: ports, password, what is already set up
    processes   starting, watching and stopping the servers, each a `tongban` process of its own
    client      a node's services as any other program calls them: generated stubs and a bearer token
    setting     the first time: gateway made, nodes joined, staff, items, agreements signed
    play        one application, from the window in 潮州 to 漳州 and back into the applicant's hands
    show        what a person sees of it

What is promised: nothing here reaches into a gateway or a node.  Servers are started with the commands that an operator
types, and everything else goes through the contract, so what works here works for any other program.  Running again
goes on with what is there: nothing is done twice, and each run drives one application more.  Nothing outlives the
run: each server ends when its standard input closes, which also happens when this process is killed.

What can go wrong: a port taken, a process that dies, an answer that does not come.  Each ends the run with a sentence
that names the process and shows the end of its log; everything that was started is stopped first.
"""

import os

# The servers are started by forking, and at once become another program: gRPC's own handlers have nothing to do there,
# and would say so on the terminal.  gRPC reads this when it is first imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
