settle_script_test(style style/style.py LABELS slow)
settle_script_test(style-self-test style/style.py LABELS slow ARGUMENTS --self-test)
