/** Chat templates that recipes can name, in Jinja. */

const CHATML = `{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
`;

const LLAMA3 =
  "{% for message in messages %}{% if loop.first %}{{ bos_token }}{% endif %}" +
  "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + (message['content'] | trim) + '<|eot_id|>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}";

const MISTRAL =
  "{{ bos_token }}{% if messages and messages[0]['role'] == 'system' %}" +
  "{% set opening = messages[0]['content'] + '\\n\\n' %}{% set turns = messages[1:] %}" +
  "{% else %}{% set opening = '' %}{% set turns = messages %}{% endif %}" +
  "{% for message in turns %}" +
  "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" +
  "{{ raise_exception('user and assistant must take turns, the user first') }}{% endif %}" +
  "{% if message['role'] == 'user' %}" +
  "{{ '[INST] ' + (opening if loop.first else '') + message['content'] + ' [/INST]' }}" +
  "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}" +
  "{% else %}{{ raise_exception('only user and assistant may speak after the system message') }}{% endif %}" +
  "{% endfor %}";

const ALPACA =
  "{% for message in messages %}" +
  "{% if message['role'] == 'system' %}{{ message['content'] + '\\n\\n' }}" +
  "{% elif message['role'] == 'user' %}{{ '### Instruction:\\n' + message['content'] + '\\n\\n' }}" +
  "{% elif message['role'] == 'assistant' %}{{ '### Response:\\n' + message['content'] + '\\n\\n' }}" +
  "{% elif message['role'] == 'user_context' %}{{ '### Input:\\n' + message['content'] + '\\n\\n' }}" +
  "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}";

const EXAONE =
  "{% for message in messages %}" +
  "{% if loop.first and message['role'] != 'system' %}{{ '[|system|][|endofturn|]\\n' }}{% endif %}" +
  "{{ '[|' + message['role'] + '|]' + message['content'] }}" +
  "{% if message['role'] == 'user' %}{{ '\\n' }}{% else %}{{ '[|endofturn|]\\n' }}{% endif %}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '[|assistant|]' }}{% endif %}";

/** The templates by the names that mergekit knows. */
export const CHAT_TEMPLATES: Readonly<Record<string, string>> = {
  alpaca: ALPACA,
  chatml: CHATML,
  exaone: EXAONE,
  llama3: LLAMA3,
  mistral: MISTRAL,
};
