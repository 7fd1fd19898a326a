#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

void main(){ uint i=gl_GlobalInvocationID.x; uint r=0; do { r++; if(r==7) continue; if(r==9) break; } while(r<a[i]); while(true){ r++; if(r>100) break; for(;;){ r+=2; if((r&1)!=0) break; if (r>1000) return; } } a[i]=r; }
