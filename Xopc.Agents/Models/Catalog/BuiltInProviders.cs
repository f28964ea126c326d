namespace Xopc.Agents.Models;

/// <summary>
/// Providers that work as soon as their environment variable is set, and a short list of what they offer. The list helps choosing; any other
/// model name of a configured provider is accepted as well. Order is preference: the first configured provider's first model is the default.
/// </summary>
internal static class BuiltInProviders
{
    private static readonly ModelDialect EchoesReasoning = new() { Thinking = ThinkingFormat.None, EchoesReasoning = true };
    private static readonly ModelDialect NoEffort = new() { Thinking = ThinkingFormat.None };
    private static readonly ModelDialect OpenAiDialect = new() { MaxTokensField = "max_completion_tokens" };
    private static readonly ModelDialect OpenAiReasoning = OpenAiDialect with { FixedTemperature = true };
    private static readonly ModelDialect Mistral = new() { Thinking = ThinkingFormat.None, UsageInStreaming = false, ToolResultName = true };

    public static readonly IReadOnlyList<BuiltInProvider> All =
    [
        new("anthropic", "Anthropic", "common", "https://api.anthropic.com", ["ANTHROPIC_API_KEY"], ModelDialect.Standard,
            // Names as the official client lists them. What is not published with it stays unknown here.
            Model("claude-sonnet-5-5", "Claude Sonnet 5.5", null, null, reasoning: true, vision: true),
            Model("claude-opus-5-5", "Claude Opus 5.5", null, null, reasoning: true, vision: true),
            Model("claude-haiku-5-5", "Claude Haiku 5.5", null, null, reasoning: true, vision: true),
            Model("claude-sonnet-4-6", "Claude Sonnet 4.6", 200_000, 64_000, reasoning: true, vision: true, cost: new(3, 15, 0.3, 3.75)),
            Model("claude-sonnet-4-5", "Claude Sonnet 4.5", 200_000, 64_000, reasoning: true, vision: true, cost: new(3, 15, 0.3, 3.75)),
            Model("claude-opus-4-5", "Claude Opus 4.5", 200_000, 64_000, reasoning: true, vision: true, cost: new(5, 25, 0.5, 6.25)),
            Model("claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000, reasoning: true, vision: true, cost: new(1, 5, 0.1, 1.25)))
        { Api = ModelApi.Anthropic },
        new("openai", "OpenAI", "common", "https://api.openai.com/v1", ["OPENAI_API_KEY"], OpenAiDialect,
            Model("gpt-5", "GPT-5", 400_000, 128_000, reasoning: true, vision: true, cost: new(1.25, 10, 0.125), dialect: OpenAiReasoning),
            Model("gpt-5-mini", "GPT-5 mini", 400_000, 128_000, reasoning: true, vision: true, cost: new(0.25, 2, 0.025), dialect: OpenAiReasoning),
            Model("gpt-5-nano", "GPT-5 nano", 400_000, 128_000, reasoning: true, vision: true, cost: new(0.05, 0.4, 0.005), dialect: OpenAiReasoning),
            Model("gpt-4.1", "GPT-4.1", 1_047_576, 32_768, vision: true, cost: new(2, 8, 0.5), dialect: OpenAiDialect),
            Model("gpt-4.1-mini", "GPT-4.1 mini", 1_047_576, 32_768, vision: true, cost: new(0.4, 1.6, 0.1), dialect: OpenAiDialect),
            Model("gpt-4o", "GPT-4o", 128_000, 16_384, vision: true, cost: new(2.5, 10, 1.25), dialect: OpenAiDialect),
            Model("gpt-4o-mini", "GPT-4o mini", 128_000, 16_384, vision: true, cost: new(0.15, 0.6, 0.075), dialect: OpenAiDialect),
            Model("o4-mini", "o4-mini", 200_000, 100_000, reasoning: true, vision: true, cost: new(1.1, 4.4, 0.275), dialect: OpenAiReasoning)),
        new("google", "Google Gemini", "common", "https://generativelanguage.googleapis.com/v1beta/openai", ["GEMINI_API_KEY", "GOOGLE_API_KEY"], ModelDialect.Standard,
            Model("gemini-2.5-pro", "Gemini 2.5 Pro", 1_048_576, 65_536, reasoning: true, vision: true, cost: new(1.25, 10)),
            Model("gemini-2.5-flash", "Gemini 2.5 Flash", 1_048_576, 65_536, reasoning: true, vision: true, cost: new(0.3, 2.5)),
            Model("gemini-2.5-flash-lite", "Gemini 2.5 Flash Lite", 1_048_576, 65_536, reasoning: true, vision: true, cost: new(0.1, 0.4))),
        new("openrouter", "OpenRouter", "specialty", "https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY"], new ModelDialect { Thinking = ThinkingFormat.OpenRouter },
            Model("openrouter/auto", "Auto router", null, null),
            Model("anthropic/claude-sonnet-4.5", "Claude Sonnet 4.5", 200_000, 64_000, reasoning: true, vision: true, dialect: new() { Thinking = ThinkingFormat.OpenRouter }),
            Model("openai/gpt-5", "GPT-5", 400_000, 128_000, reasoning: true, vision: true, dialect: new() { Thinking = ThinkingFormat.OpenRouter }),
            Model("google/gemini-2.5-pro", "Gemini 2.5 Pro", 1_048_576, 65_536, reasoning: true, vision: true, dialect: new() { Thinking = ThinkingFormat.OpenRouter })),
        new("deepseek", "DeepSeek", "common", "https://api.deepseek.com/v1", ["DEEPSEEK_API_KEY"], EchoesReasoning,
            Model("deepseek-chat", "DeepSeek Chat", 128_000, 8_192, dialect: EchoesReasoning),
            Model("deepseek-reasoner", "DeepSeek Reasoner", 128_000, 65_536, reasoning: true, dialect: EchoesReasoning)),
        new("groq", "Groq", "common", "https://api.groq.com/openai/v1", ["GROQ_API_KEY"], ModelDialect.Standard,
            Model("llama-3.3-70b-versatile", "Llama 3.3 70B", 131_072, 32_768),
            Model("openai/gpt-oss-120b", "GPT-OSS 120B", 131_072, 65_536, reasoning: true),
            Model("openai/gpt-oss-20b", "GPT-OSS 20B", 131_072, 65_536, reasoning: true)),
        new("mistral", "Mistral", "specialty", "https://api.mistral.ai/v1", ["MISTRAL_API_KEY"], Mistral,
            Model("mistral-large-latest", "Mistral Large", 131_072, null, dialect: Mistral),
            Model("mistral-medium-latest", "Mistral Medium", 131_072, null, vision: true, dialect: Mistral),
            Model("mistral-small-latest", "Mistral Small", 131_072, null, vision: true, dialect: Mistral)),
        new("xai", "xAI", "specialty", "https://api.x.ai/v1", ["XAI_API_KEY"], NoEffort,
            Model("grok-4", "Grok 4", 256_000, null, reasoning: true, vision: true, cost: new(3, 15), dialect: NoEffort),
            Model("grok-code-fast-1", "Grok Code Fast", 256_000, null, reasoning: true, dialect: NoEffort)),
        new("cerebras", "Cerebras", "specialty", "https://api.cerebras.ai/v1", ["CEREBRAS_API_KEY"], ModelDialect.Standard,
            Model("gpt-oss-120b", "GPT-OSS 120B", 131_072, null, reasoning: true),
            Model("llama-3.3-70b", "Llama 3.3 70B", 131_072, null)),
        new("kimi", "Kimi (Moonshot)", "common", "https://api.moonshot.ai/v1", ["KIMI_API_KEY", "MOONSHOT_API_KEY"], EchoesReasoning,
            Model("kimi-k2-0905-preview", "Kimi K2", 262_144, null, dialect: EchoesReasoning),
            Model("kimi-k2-thinking", "Kimi K2 Thinking", 262_144, null, reasoning: true, dialect: EchoesReasoning)),
        new("kimi-coding", "Kimi for Coding", "common", "https://api.kimi.com/coding/v1", ["KIMI_CODING_API_KEY"], EchoesReasoning,
            Model("kimi-for-coding", "Kimi for Coding", 262_144, null, reasoning: true, dialect: EchoesReasoning)),
        new("qwen", "Qwen (DashScope)", "common", "https://dashscope.aliyuncs.com/compatible-mode/v1", ["QWEN_API_KEY", "DASHSCOPE_API_KEY"],
            new ModelDialect { Thinking = ThinkingFormat.Qwen },
            Model("qwen-plus", "Qwen Plus", 131_072, null, reasoning: true, dialect: new() { Thinking = ThinkingFormat.Qwen }),
            Model("qwen-max", "Qwen Max", 32_768, 8_192, dialect: new() { Thinking = ThinkingFormat.None }),
            Model("qwen-vl-max", "Qwen VL Max", 131_072, 8_192, vision: true, dialect: new() { Thinking = ThinkingFormat.None })),
        new("zhipu", "Zhipu", "common", "https://open.bigmodel.cn/api/paas/v4", ["ZHIPU_API_KEY"], new ModelDialect { Thinking = ThinkingFormat.Zai }, Glm()),
        new("zai", "Z.AI", "specialty", "https://api.z.ai/api/paas/v4", ["ZAI_API_KEY"], new ModelDialect { Thinking = ThinkingFormat.Zai }, Glm()),
        new("minimax", "MiniMax", "common", "https://api.minimax.io/v1", ["MINIMAX_API_KEY"], NoEffort,
            Model("MiniMax-M2", "MiniMax M2", 204_800, null, reasoning: true, dialect: NoEffort)),
        new("minimax-cn", "MiniMax (China)", "common", "https://api.minimaxi.com/v1", ["MINIMAX_CN_API_KEY"], NoEffort,
            Model("MiniMax-M2", "MiniMax M2", 204_800, null, reasoning: true, dialect: NoEffort)),
        new("huggingface", "Hugging Face", "specialty", "https://router.huggingface.co/v1", ["HF_TOKEN", "HUGGINGFACE_TOKEN"], ModelDialect.Standard,
            Model("openai/gpt-oss-120b", "GPT-OSS 120B", 131_072, null, reasoning: true)),
        new("opencode", "OpenCode Zen", "specialty", "https://opencode.ai/zen/v1", ["OPENCODE_API_KEY"], ModelDialect.Standard),
        new("vercel-ai-gateway", "Vercel AI Gateway", "enterprise", "https://ai-gateway.vercel.sh/v1", ["VERCEL_AI_GATEWAY_API_KEY"], ModelDialect.Standard),
        new("ollama", "Ollama", "local", "http://127.0.0.1:11434/v1", [], ModelDialect.Standard) { NeedsKey = false },
        new("lmstudio", "LM Studio", "local", "http://127.0.0.1:1234/v1", [], ModelDialect.Standard) { NeedsKey = false },
        new("vllm", "vLLM", "local", "http://127.0.0.1:8000/v1", [], ModelDialect.Standard) { NeedsKey = false },
    ];

    public static BuiltInProvider? Find(string id) => All.FirstOrDefault(provider => provider.Id == id);

    private static ModelInfo[] Glm() =>
    [
        Model("glm-4.6", "GLM 4.6", 204_800, 131_072, reasoning: true, dialect: new() { Thinking = ThinkingFormat.Zai }),
        Model("glm-4.5-air", "GLM 4.5 Air", 131_072, 98_304, reasoning: true, dialect: new() { Thinking = ThinkingFormat.Zai }),
        Model("glm-4.5v", "GLM 4.5V", 65_536, 16_384, reasoning: true, vision: true, dialect: new() { Thinking = ThinkingFormat.Zai }),
    ];

    private static ModelInfo Model(
        string id, string name, int? context, int? max, bool reasoning = false, bool vision = false, ModelCost? cost = null, ModelDialect? dialect = null) =>
        new(id, name)
        {
            ContextWindow = context, MaxTokens = max, Reasoning = reasoning, Vision = vision, Cost = cost, Dialect = dialect ?? ModelDialect.Standard,
        };
}

/// <summary>A provider this program knows by itself.</summary>
/// <param name="Variables">Environment variables that may hold its key, after the generic <c>{ID}_API_KEY</c>.</param>
internal sealed record BuiltInProvider(
    string Id, string Name, string Category, string BaseUrl, string[] Variables, ModelDialect Dialect, params ModelInfo[] Models)
{
    public string Api { get; init; } = ModelApi.OpenAi;

    /// <summary>False for servers on one's own machine. They count as configured when <c>models.json</c>, a variable or the detection names them.</summary>
    public bool NeedsKey { get; init; } = true;

    private string VariablePrefix => Id.ToUpperInvariant().Replace('-', '_');

    public IEnumerable<string> KeyVariables => Variables.Prepend(VariablePrefix + "_API_KEY").Distinct(StringComparer.Ordinal);

    /// <summary>The variable that points the provider at another address.</summary>
    public string BaseUrlVariable => VariablePrefix + "_BASE_URL";
}
