using Microsoft.AspNetCore.Http;

namespace Xopc.Testing.Telegram;

/// <summary>Writes an answer, whole or as a fault wants it.</summary>
internal static class AnswerWriter
{
    /// <returns>False: the client did not get all of it.</returns>
    public static async Task<bool> WriteAsync(HttpContext context, BotAnswer answer, Fault? fault = null)
    {
        switch (fault?.Kind)
        {
            case FaultKind.ResetAfter:
                context.Abort();
                return false;
            case FaultKind.MuteAfter:
                await fault.Lifted.WaitAsync(context.RequestAborted);
                break;
            case FaultKind.Truncate:
                answer = answer with { Body = answer.Body[..(answer.Body.Length / 2)] };
                break;
            default:
                break;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType.Length == 0 ? null : answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        var half = fault?.Kind is FaultKind.Cut or FaultKind.Stall ? answer.Body.Length / 2 : answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body.AsMemory(0, half), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (fault?.Kind == FaultKind.Cut)
        {
            context.Abort();
            return false;
        }

        if (fault?.Kind == FaultKind.Stall)
        {
            await fault.Lifted.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(answer.Body.AsMemory(half), context.RequestAborted);
        }

        return true;
    }
}
