namespace Xopc.Messaging.Tests.Support;

/// <summary>The one generous limit; a test never waits for it unless it fails.</summary>
internal static class Within
{
    public static readonly TimeSpan Limit = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(1);

    public static async Task<T> TimeAsync<T>(Task<T> task, string what)
    {
        await TimeAsync((Task)task, what);
        return await task;
    }

    public static async Task TimeAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Not within {Limit.TotalSeconds:F0} s: {what}.");
        }
    }
}
