"""A stand-in for both voice APIs and the recording host: real HTTP, real signatures, believable calls, no Django.

It shares no code with the client beside it: what it accepts and says comes from the vendor's description alone.
"""
