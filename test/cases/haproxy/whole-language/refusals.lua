local function reject(result, source, reason)
  return function(applet)
    local head = applet:receive(6)
    if head ~= nil and #head == 6 then
      local length = (head:byte(3) << 24) | (head:byte(4) << 16) | (head:byte(5) << 8) | head:byte(6)
      if length > 0 and length <= 65536 then applet:receive(length) end
    end
    applet:send(string.char(3, 0, 0, 0, 0, 4, 0, result, source, reason))
  end
end

core.register_service("vagus-dicom-busy", "tcp", reject(2, 3, 1))    -- transient: temporary congestion
core.register_service("vagus-dicom-full", "tcp", reject(2, 3, 2))    -- transient: local limit exceeded
core.register_service("vagus-dicom-calling", "tcp", reject(1, 1, 3)) -- permanent: calling AE title not recognised
core.register_service("vagus-dicom-called", "tcp", reject(1, 1, 7))  -- permanent: called AE title not recognised
