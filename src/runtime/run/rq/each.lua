-- What every script of jobs begins with.

-- redis.call whose refusal can be told: its words are kept, in every version of Redis.
local function call(...)
  local said = redis.pcall(...)
  if type(said) == 'table' and said.err then
    error({ words = said.err })
  end
  return said
end

-- What is said of an item: the word that was returned, or what was refused.
local function outcome(fine, word)
  if fine then
    return word
  end
  return 'failed ' .. tostring(type(word) == 'table' and word.words or word)
end

-- Calls one(id, key, ...) for each id in ARGV from `first` on, with its own `count` keys, which follow `fixed` keys that
-- all share; the last one first where `backwards`. One job's refusal does not keep the others from being told: a script
-- is not rolled back.
local function each(first, fixed, count, one, backwards)
  local said, from, to, step = {}, first, #ARGV, 1
  if backwards then
    from, to, step = to, from, -1
  end
  for at = from, to, step do
    local before = fixed + (at - first) * count
    said[at - first + 1] = outcome(pcall(one, ARGV[at], unpack(KEYS, before + 1, before + count)))
  end
  return said
end

