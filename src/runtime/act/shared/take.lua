-- KEYS: what the run acts on, then its neighbours. ARGV: who, milliseconds. The holder in the way, or nothing.
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and held ~= ARGV[1] then
    return held
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
