-- What every script of jobs begins with.

-- redis.call whose refusal can be told: its words are kept, in every version of Redis.
local function call(...)
  local said = redis.pcall(...)
  if type(said) == 'table' and said.err then
    error({ words = said.err })
  end
  return said
end

-- Calls one(id, key, ...) for each id in ARGV from `first` on, with its own `count` keys, which follow `fixed` keys that
-- all share. One job's refusal does not keep the others from being told: a script is not rolled back.
local function each(first, fixed, count, one)
  local said = {}
  for at = first, #ARGV do
    local before = fixed + (at - first) * count
    local fine, word = pcall(one, ARGV[at], unpack(KEYS, before + 1, before + count))
    if not fine then
      word = 'failed ' .. tostring(type(word) == 'table' and word.words or word)
    end
    said[#said + 1] = word
  end
  return said
end

