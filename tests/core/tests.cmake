settle_script_test(protocol core/protocol/protocol.py LABELS slow TIMEOUT 900)
settle_script_test(protocol-large core/protocol/protocol.py LABELS full slow ARGUMENTS --large TIMEOUT 3600)
