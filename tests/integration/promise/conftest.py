"""The product's promise by example: these tests are its tutorial.

Each file states one part of what the LMS and a company are promised, and each test plays it through with real parts: a
Redis server, a worker process, an HTTP endpoint, and the LMS's own `send_completion.delay(event)`. Read them in this
order: test_first_post, test_three_attempts, test_pause, test_down, test_order, test_neighbours. The rest follows.
"""
