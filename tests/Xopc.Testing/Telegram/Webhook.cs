using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Pushes a bot's updates to its URL, one after the other, each until a 2xx.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private readonly FakeBot _bot;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _retryDelay;
    private readonly string? _secret;
    private readonly HttpClient _client = new() { Timeout = AnswerLimit };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pushing;
    private volatile Failure? _lastFailure;

    public Webhook(FakeBot bot, Uri url, string? secret, TimeProvider clock, TimeSpan retryDelay)
    {
        _bot = bot;
        Url = url;
        _secret = secret;
        _clock = clock;
        _retryDelay = retryDelay;
        _pushing = Task.Run(PushAsync);
    }

    public Uri Url { get; }

    public JsonObject ToJson(int pending)
    {
        var json = new JsonObject { ["url"] = Url.OriginalString, ["has_custom_certificate"] = false, ["pending_update_count"] = pending, ["max_connections"] = 1 };
        if (_lastFailure is { } failure)
        {
            json["last_error_date"] = failure.At.ToUnixTimeSeconds();
            json["last_error_message"] = failure.What;
        }

        return json;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pushing;
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task PushAsync()
    {
        try
        {
            while (true)
            {
                var changed = _bot.Changes.Next;
                if (_bot.Feed.TakeOldest() is not { } update)
                {
                    await changed.WaitAsync(_stop.Token);
                }
                else if (await TryPushAsync(update))
                {
                    _bot.Feed.Confirm(update.UpdateId);
                }
                else
                {
                    await Task.Delay(_retryDelay, _clock, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The webhook is deleted.
        }
    }

    private async Task<bool> TryPushAsync(SeenUpdate update)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(update.Json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (_secret is not null)
        {
            request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", _secret);
        }

        try
        {
            using var response = await _client.SendAsync(request, _stop.Token);
            if (response.IsSuccessStatusCode)
            {
                return true;
            }

            Failed($"Wrong response from the webhook: {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (Exception ex) when (ex is HttpRequestException || (ex is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            Failed("Connection failed: " + ex.Message);
        }

        return false;
    }

    private void Failed(string what)
    {
        _lastFailure = new Failure(_clock.GetUtcNow(), what);
        _bot.Signal();
    }

    private sealed record Failure(DateTimeOffset At, string What);
}
