"""The board: what some days came to, and the way from each figure to the calls or reviews behind it.

question = BoardForm(request.GET, user).question     # which days, which task
figures = figures_of(user, question)                 # counted, or at most a minute old
board = tables_of(figures, Links(question), …)       # tables in words, each cell with its address
"""
