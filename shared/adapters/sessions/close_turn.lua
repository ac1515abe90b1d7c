-- Closes a turn in one round trip: session, the answer for a repeat, time to live, lock.
-- KEYS: 1 session (hash)  2 lock  3 the business's latest sessions (sorted set by time)  4 the embedding of such a message
-- ARGV: 1 lock token  2 ttl in seconds  3 session  4 message id  5 answer or ""  6 session id
--       7 embedding or ""  8 its seconds to live  9.. message ids still in the history
-- Returns 1, or 0 when somebody else holds the session by now.
if redis.call("GET", KEYS[2]) ~= ARGV[1] then
    return 0
end
redis.call("HSET", KEYS[1], "session", ARGV[3])
if ARGV[5] ~= "" then
    redis.call("HSET", KEYS[1], "answer:" .. ARGV[4], ARGV[5])
end
local kept = {["answer:" .. ARGV[4]] = true, session = true}
for n = 9, #ARGV do
    kept["answer:" .. ARGV[n]] = true
end
for _, field in ipairs(redis.call("HKEYS", KEYS[1])) do
    if not kept[field] then
        redis.call("HDEL", KEYS[1], field)
    end
end
redis.call("EXPIRE", KEYS[1], ARGV[2])
redis.call("ZADD", KEYS[3], redis.call("TIME")[1], ARGV[6])
redis.call("ZREMRANGEBYRANK", KEYS[3], 0, -1001)
redis.call("EXPIRE", KEYS[3], 2592000)
if ARGV[7] ~= "" then
    redis.call("SET", KEYS[4], ARGV[7], "EX", ARGV[8])
end
redis.call("DEL", KEYS[2])
return 1
