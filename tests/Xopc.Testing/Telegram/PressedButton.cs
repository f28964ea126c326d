namespace Xopc.Testing.Telegram;

/// <summary>A press of a button, which shows a clock to the person until the bot answers it.</summary>
public sealed class PressedButton
{
    private readonly TaskCompletionSource<string> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Changes _changes = new();

    internal PressedButton(string id, string data)
    {
        Id = id;
        Data = data;
    }

    public string Id { get; }

    public string Data { get; }

    /// <summary>Waits for the bot's answer, and returns what it shows; empty: it shows nothing.</summary>
    public async Task<string> AnsweredAsync(CancellationToken cancellationToken)
    {
        var answer = await _changes.WaitAsync(
            () => _answered.Task.IsCompleted ? _answered.Task : null, () => $"the press of {Data} was not answered.", cancellationToken);
        return await answer;
    }

    internal void Answer(string text)
    {
        _answered.TrySetResult(text);
        _changes.Signal();
    }
}
