using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Agents.Models;

/// <summary>
/// Looks for an Ollama on this machine, at the start and then every minute, and offers its models. Runs beside the start and never holds it up.
/// Off with <c>models.detectOllama=false</c> or <c>XOPC_DETECT_OLLAMA=false</c>.
/// </summary>
internal sealed partial class OllamaWorker(
    ModelCatalog catalog, ModelHttp http, Func<ModelsConfig> settings, Func<string, string?> environment, TimeProvider clock, ILogger<OllamaWorker> log) : BackgroundService
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxModels = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource _firstLook = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the first look is over, whatever it found.</summary>
    public Task FirstLook => _firstLook.Task;

    /// <summary>One look. Finding nothing is no failure.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        catalog.Offer(IsWanted() ? await AskAsync(Address(environment("OLLAMA_HOST")), cancellationToken) : null);
        _firstLook.TrySetResult();
    }

    /// <summary>Where Ollama's own clients would look: <c>OLLAMA_HOST</c> is a host, a host and port, or a URL; 0.0.0.0 is what a server listens on.</summary>
    internal static Uri Address(string? host)
    {
        var text = string.IsNullOrWhiteSpace(host) ? "127.0.0.1:11434" : host.Trim().TrimEnd('/');
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            text = "http://" + (text.StartsWith(':') ? "127.0.0.1" + text : text);
            text = text.LastIndexOf(':') > text.LastIndexOf('/') + 1 && !text.EndsWith(']') ? text : text + ":11434";
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return new Uri("http://127.0.0.1:11434/");
        }

        return address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri : address;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            _firstLook.TrySetResult();
        }
    }

    private bool IsWanted() =>
        settings().DetectOllama && environment("XOPC_DETECT_OLLAMA")?.Trim().ToLowerInvariant() is not ("false" or "0" or "no" or "off");

    private async Task<OllamaOffer?> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var invoker = http.InvokerFor(address);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/api/tags"));
            using var response = await invoker.SendAsync(request, linked.Token);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            var body = new byte[MaxBytes];
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, linked.Token);
            var models = Models(body.AsSpan(0, length));
            return models.Count == 0 ? null : new OllamaOffer(new Uri(address, "/v1"), models);
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException or JsonException or InvalidOperationException
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogNothingFound(ex.GetType().Name);
            return null;
        }
    }

    // {"models":[{"name":"llama3.2:latest","details":{"family":"llama"}}]}
    internal static List<string> Models(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var root = JsonElement.ParseValue(ref reader);
        return root.TryGetProperty("models", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(Name).OfType<string>().Where(IsChatModel).Take(MaxModels)]
            : [];
    }

    private static string? Name(JsonElement model) =>
        model.ValueKind == JsonValueKind.Object && model.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    private static bool IsChatModel(string name) =>
        ModelRef.TryParse($"{OllamaOffer.Provider}/{name}", out _) && !name.Contains("embed", StringComparison.OrdinalIgnoreCase)
        && !name.Contains("bge-", StringComparison.OrdinalIgnoreCase) && !name.Contains("minilm", StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Debug, "No local Ollama ({Reason}).")]
    private partial void LogNothingFound(string reason);
}
