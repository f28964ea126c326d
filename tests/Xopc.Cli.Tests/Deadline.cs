namespace Xopc.Cli.Tests;

/// <summary>The one patience of these tests: long enough for a busy machine, short enough to name what hangs.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    public static async Task<T> Within<T>(this Task<T> task, string whatDidNotHappen)
    {
        try
        {
            return await task.WaitAsync(Generous, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(whatDidNotHappen);
        }
    }

    public static async Task Within(this Task task, string whatDidNotHappen)
    {
        try
        {
            await task.WaitAsync(Generous, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(whatDidNotHappen);
        }
    }
}
