"""Waits until X-RateLimit-Reset. Prints its waits, and how many were too short.

Every second wait is ahead of a denial: when the answer says that nothing remains.
usage: python3 urllib_client.py URL REQUESTS
"""

import sys
import time
import urllib.error
import urllib.request


def get(url):
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.headers
    except urllib.error.HTTPError as response:
        with response:
            return response.code, response.headers


url, requests = sys.argv[1], int(sys.argv[2])
waits = early = 0
waited = ahead = False
for _ in range(requests):
    status, headers = get(url)
    if status == 429 and waited:
        early += 1
    waited = status == 429 or (ahead and headers["X-RateLimit-Remaining"] == "0")
    if waited:
        waits += 1
        ahead = not ahead
        reset = int(headers["X-RateLimit-Reset"])
        while time.time() < reset:
            time.sleep(max(0, reset - time.time()))
print(waits, early)
