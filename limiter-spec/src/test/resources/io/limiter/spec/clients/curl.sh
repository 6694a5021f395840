# curl waits by itself as Retry-After tells it. Prints its waits, and how many were too short.
# usage: sh curl.sh URL REQUESTS
curl -q -s -S -o /dev/null -D - --retry 1 "$1?[1-$2]" | awk '
  /^HTTP/ {
    if ($2 == 429) waits++
    if ($2 == 429 && last == 429) early++
    last = $2
  }
  END { print waits + 0, early + 0 }'
