using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Samplers: objects that a layout may name; no shader can use one yet.</summary>
internal static unsafe class SamplerApi
{
    [UnmanagedCallersOnly]
    public static Result CreateSampler(Device device, SamplerCreateInfo* info, AllocationCallbacks* allocator, Sampler* sampler)
    {
        try
        {
            *sampler = default;
            *sampler = new Sampler(HandleTable.Add(new SamplerObject(Entry.Get(device))));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroySampler(Device device, Sampler sampler, AllocationCallbacks* allocator) =>
        Entry.Destroy<SamplerObject>(device, sampler.Handle);
}
