using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>
/// The built-in model <c>xopc/demo</c>: answers at once and without any network, says that it is no real model and how to get one. The same question
/// always has the same answer.
/// </summary>
internal sealed class OfflineModel(string modelsFile) : IChatClient
{
    public const string Provider = "xopc";
    private const int MaxEcho = 80;

    public static readonly ModelRef Reference = new(Provider, "demo");

    public static readonly ProviderInfo ProviderInfo = new(Provider, "Built-in offline model", "local", ModelApi.Demo, null)
    {
        IsConfigured = true,
        Models = [new ModelInfo("demo", "Demo (offline, no real model)")],
    };

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var piece in Answer(messages.LastOrDefault(message => message.Role == ChatRole.User)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, piece);
        }

        yield return new ChatResponseUpdate { Role = ChatRole.Assistant, FinishReason = ChatFinishReason.Stop };
        await Task.CompletedTask;
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private IEnumerable<string> Answer(ChatMessage? question)
    {
        yield return "I am xopc/demo, the built-in offline model. ";
        yield return "I do not think; I only show that messages reach the agent and answers come back. ";
        yield return Understood(question) + "\n\n";
        yield return "To talk to a real model, do one of these:\n";
        yield return "- set an environment variable such as OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENROUTER_API_KEY and start the gateway again\n";
        yield return $"- describe a provider in {modelsFile}; it is read as soon as it is saved\n";
        yield return "- run Ollama on this machine; it is found within a minute";
    }

    private static string Understood(ChatMessage? question)
    {
        var text = string.Join(' ', (question?.Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var images = question?.Contents.OfType<DataContent>().Count() ?? 0;
        var also = images switch { 0 => "", 1 => " and attached a file", _ => $" and attached {images} files" };
        return text.Length == 0 ? $"You wrote nothing{also}." : $"You wrote: \"{Shorten(text)}\"{also}.";
    }

    private static string Shorten(string text)
    {
        var echo = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (echo.Length + rune.Utf16SequenceLength > MaxEcho)
            {
                return echo.Append('…').ToString();
            }

            echo.Append(rune);
        }

        return echo.ToString();
    }
}
