using System.Text;
using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Agents.Transcripts;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>
/// Gives new sessions a better name than their first line, asking the model that answered. A view, not a promise: at most one a second, a bounded queue
/// that drops its oldest, and a failure leaves the first line as the name.
/// </summary>
internal sealed partial class TitleWorker(
    [FromKeyedServices(AgentsSchema.Database)] Database database, ModelRunner models, SessionEvents events, TitleQueue queue,
    TimeProvider clock, ILogger<TitleWorker> log) : BackgroundService
{
    private const int MaxExcerpt = 2000;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Names one session; false when its name stays as it was.</summary>
    public async Task<bool> NameAsync(TitleRequest request, CancellationToken cancellationToken)
    {
        var bodies = await database.ReadAsync(reader => TranscriptStore.Tail(reader, request.SessionKey, upToTurn: 1, limit: 50), cancellationToken);
        var words = bodies.ConvertAll(TranscriptStore.Read);
        if (words.Count < 2 || !ModelRef.TryParse(request.Model, out var model) || model!.Provider == "xopc")
        {
            return false;
        }

        var title = new StringBuilder();
        await foreach (var update in models.StreamAsync(Ask(words, model), cancellationToken))
        {
            if (update is ModelEvent.Text text && title.Length < 400)
            {
                title.Append(text.Delta);
            }
        }

        var name = SessionTitle.FromText(title.ToString());
        var renamed = name is not null && await database.WriteAsync(
            tx => tx.Execute(
                "UPDATE sessions SET name = @name WHERE key = @key AND name = @first", ("name", name), ("key", request.SessionKey), ("first", request.FirstName)) == 1,
            Durability.Relaxed, cancellationToken);
        if (renamed)
        {
            events.Updated(request.SessionKey, name);
        }

        return renamed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var request = await queue.Reader.ReadAsync(stoppingToken);
                await NameAsync(request, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                LogNotNamed(ex.Message);
            }

            await Task.Delay(Pace, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ModelRequest Ask(List<TranscriptMessage> words, ModelRef model)
    {
        var user = Excerpt(words, "user");
        var assistant = Excerpt(words, "assistant");
        return new ModelRequest(
            [model],
            [
                new ChatMessage(ChatRole.System, "Name the conversation in at most eight words, in its own language. Answer with the name alone, without quotes."),
                new ChatMessage(ChatRole.User, $"Person: {user}\n\nAssistant: {assistant}"),
            ],
            [], "off", MaxTokens: 64, Temperature: 0.35, clock.GetUtcNow() + Within);
    }

    private static string Excerpt(List<TranscriptMessage> words, string role)
    {
        var text = words.Find(message => message.Role == role && message.Content.Length > 0)?.Content ?? "";
        return text.Length <= MaxExcerpt ? text : text[..(char.IsHighSurrogate(text[MaxExcerpt - 1]) ? MaxExcerpt - 1 : MaxExcerpt)];
    }

    [LoggerMessage(LogLevel.Information, "A session keeps its first line as its name: {Reason}")]
    private partial void LogNotNamed(string reason);
}
