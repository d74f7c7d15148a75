"""The cases of protocols: requests of OpenAI's clients, clients that hang up, the Model Context Protocol.

Covered: sending what the case folders hold and comparing it with expectations that are written down here. Not covered:
whether answers are right beyond the figures named here.
"""
