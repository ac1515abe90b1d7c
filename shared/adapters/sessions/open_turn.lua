-- Opens a turn in one round trip: stored answer, limits, lock, session, versions. All or nothing.
-- KEYS: 1 session (hash)  2 lock  3 versions (hash)  4 the embedding of such a message
--       5.. one list of arrival times per limit, newest first
-- ARGV: 1 message id  2 lock token  3 lock ms  4 a lock the caller may have left behind, or ""
--       then count, window ms per limit
-- Returns {"replayed", answer} | {"limited", n, ms until free} | {"busy"}
--       | {"opened", session or "", config version or "", build or "", remaining of the first limit, ms until reset,
--          embedding or ""}
local answer = redis.call("HGET", KEYS[1], "answer:" .. ARGV[1])
if answer then
    return {"replayed", answer}
end

if ARGV[4] ~= "" and redis.call("GET", KEYS[2]) == ARGV[4] then
    redis.call("DEL", KEYS[2])
end

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for n = 5, #KEYS do
    local count, window = tonumber(ARGV[2 * n - 5]), tonumber(ARGV[2 * n - 4])
    local oldest = redis.call("LINDEX", KEYS[n], count - 1)
    if oldest and tonumber(oldest) > now - window then
        return {"limited", n - 4, tonumber(oldest) + window - now}
    end
end

if not redis.call("SET", KEYS[2], ARGV[2], "NX", "PX", ARGV[3]) then
    return {"busy"}
end

local remaining, reset = 0, 0
for n = 5, #KEYS do
    local count, window = tonumber(ARGV[2 * n - 5]), tonumber(ARGV[2 * n - 4])
    redis.call("LPUSH", KEYS[n], now)
    redis.call("LTRIM", KEYS[n], 0, count - 1)
    redis.call("PEXPIRE", KEYS[n], window)
    if n == 5 then
        local times = redis.call("LRANGE", KEYS[n], 0, -1)
        remaining = count
        for _, at in ipairs(times) do
            if tonumber(at) > now - window then
                remaining = remaining - 1
                reset = tonumber(at) + window - now
            end
        end
    end
end

local versions = redis.call("HMGET", KEYS[3], "config", "build")
return {"opened", redis.call("HGET", KEYS[1], "session") or "", versions[1] or "", versions[2] or "", remaining, reset,
    redis.call("GET", KEYS[4]) or ""}
